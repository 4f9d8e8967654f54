# Runs the code of a scrip outside Request Tracker: the objects that it asks are made from JSON on standard input, and
# what it would have posted is printed as JSON.
use strict;
use warnings;
use JSON::PP;

my $world = JSON::PP->new->utf8->decode( do { local $/; <STDIN> } );
my ( @posted, @warned );

sub Object::AUTOLOAD {
    my ( $self, $name ) = ( shift, $Object::AUTOLOAD =~ /([^:]+)$/ );
    return if $name eq 'DESTROY';
    die "nobody knows $name" unless exists $self->{$name};
    my $value = $self->{$name};
    return ref $value eq 'CODE' ? $value->(@_) : $value;
}
sub object { my %told = @_; return bless {%told}, 'Object' }
sub list { my @all = @_; return object( ItemsArrayRef => [@all], First => $all[0] ) }
sub date { my $told = shift; return object( W3CDTF => sub { $told->{iso} }, Unix => $told->{unix} ) }

my %users = map { $_->{Name} => object(%$_) } @{ $world->{users} };
my @txns;
for my $told ( @{ $world->{txns} } ) {
    my %heads = %{ $told->{heads} || {} };
    my $mail = $told->{has_message} ? object( GetHeader => sub { $heads{ $_[0] } } ) : undef;
    push @txns, object(
        %$told,
        CreatedObj => date( $told->{created} ),
        CreatorObj => $users{ $told->{by} },
        Creator    => $users{ $told->{by} }->Id,
        Message    => list( $mail ? $mail : () ),
    );
}
my @batch = grep { $_->{in_batch} } @txns;
my %ticket = %{ $world->{ticket} };
my $ticket = object(
    %ticket,
    TransactionBatch => $world->{has_batch} ? \@batch : undef,
    RoleGroup => sub {
        my @asks = map { $users{$_} } @{ $ticket{asks} };
        return object( Id => @asks ? 7 : undef, @asks ? ( UserMembersObj => list(@asks) ) : () );
    },
    QueueObj  => object( Name => $ticket{queue} ),
    OwnerObj  => $users{ $ticket{owner} },
    CreatedObj     => date( $ticket{created} ),
    LastUpdatedObj => date( $ticket{updated} ),
    CustomFieldValues => sub { list( map { object( Content => $_ ) } @{ $ticket{custom}{ $_[0] } || [] } ) },
);

package RT;
sub SystemUser { return $users{RT_System} }
sub Logger     { return main::object( warning => sub { push @warned, $_[0] } ) }

package RT::Transactions;
sub new { my $class = shift; return bless { limits => {} }, $class }
sub Limit { my ( $self, %told ) = @_; $self->{limits}{ $told{FIELD} } = $told{VALUE}; return }
sub OrderBy     { return }
sub RowsPerPage { return }
sub First {
    my $limits = shift->{limits};
    my @found = grep { $_->ObjectId == $limits->{ObjectId} && $_->Id < $limits->{id} && $_->Creator != $limits->{Creator} }
        @txns;
    return $found[-1];
}

package HTTP::Tiny;
BEGIN { $INC{'HTTP/Tiny.pm'} = 1 }
sub new { my ( $class, %told ) = @_; return bless {%told}, $class }
sub post {
    my ( $self, $url, $told ) = @_;
    return { status => 599, success => '', content => "Could not connect\n" } if $world->{is_unreachable};
    push @posted, { url => $url, timeout => $self->{timeout}, headers => $told->{headers}, content => $told->{content} };
    return { success => 1, status => 200 };
}

package main;
my $self = object( TicketObj => $ticket, TransactionObj => $batch[0] );
my $code = $world->{code};
my $returned = eval "sub { $code }->()";
die $@ if $@;
print JSON::PP->new->utf8->encode( { posted => \@posted, warned => \@warned, returned => $returned } );
